/** What a request says about the form in which it wants a file, and about what it has already. */

/** `gzip;q=0` says no; `*` stands for what is not named. */
export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  let others = false;
  for (const part of String(acceptEncoding ?? "").split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    const isWanted = weight === undefined || Number(weight.slice(2)) > 0;
    if (coding === "gzip" || coding === "x-gzip") return isWanted;
    if (coding === "*") others = isWanted;
  }
  return others;
}

/** Compared weakly, as RFC 9110 asks for `if-none-match`. */
export function hasRepresentation(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(",").some((part) => {
    const known = part.trim();
    return known === "*" || known.replace(/^W\//, "") === etag;
  });
}
