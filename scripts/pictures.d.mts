/** Path → SVG text of every picture. */
export function drawPictures(): Record<string, string>;
