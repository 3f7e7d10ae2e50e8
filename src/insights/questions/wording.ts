/** How whoever asks names a part of the question, for messages: `--start` where options are typed, `start` in a query. */
export type Wording = (name: string) => string;

export const asWritten: Wording = (name) => name;
