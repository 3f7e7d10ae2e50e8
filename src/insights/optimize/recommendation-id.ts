/** How recommendations are named: `model-downgrade-0b1c2d3e`. */

/** What tables show of an id, and what is understood as well as the whole: its last eight characters. */
export const shortId = (id: string): string => id.slice(-8);

/** Whether what somebody wrote means the recommendation, or the rule, of this id. */
export const isRecommendation = (written: string, id: string): boolean => id === written || shortId(id) === written;
