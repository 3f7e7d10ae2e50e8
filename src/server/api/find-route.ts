/** Which route a path means. A path is taken apart at its slashes only: what a segment holds is decoded once, before. */
import type { ApiRoute } from "./route.ts";

export interface FoundRoute {
  route: ApiRoute;
  path: Readonly<Record<string, string>>;
}

interface PathRoutes {
  segments: readonly string[];
  byMethod: Map<string, ApiRoute>;
}

export class RouteTable {
  readonly routes: readonly ApiRoute[];
  readonly #byPath = new Map<string, PathRoutes>();
  readonly #patterned: PathRoutes[] = [];

  constructor(routes: readonly ApiRoute[]) {
    this.routes = routes;
    for (const route of routes) {
      let path = this.#byPath.get(route.path);
      if (path === undefined) {
        path = { segments: route.path.split("/"), byMethod: new Map() };
        this.#byPath.set(route.path, path);
        if (route.path.includes("{")) this.#patterned.push(path);
      }
      if (path.byMethod.has(route.method)) throw new Error(`${route.method} ${route.path} stands in the table twice.`);
      path.byMethod.set(route.method, route);
    }
  }

  /** The route, or the methods that the path takes, or undefined where there is nothing at the path. HEAD is GET without the body. */
  find(method: string, path: string): FoundRoute | { allowed: string } | undefined {
    const fixed = path.includes("{") ? undefined : this.#byPath.get(path);
    const segments = path.split("/");
    const patterned = this.#patterned.find((candidate) => matches(candidate.segments, segments));
    const asked = method === "HEAD" ? "GET" : method;
    // A name may be the last word of a path that has one of its own: what that path doesn't take is meant for the name.
    const routes = fixed?.byMethod.has(asked) ? fixed : (patterned ?? fixed);
    if (routes === undefined) return undefined;
    const route = routes.byMethod.get(asked);
    if (route === undefined) return { allowed: methodsOf([fixed, patterned]) };
    const parameters = routes.segments.flatMap((name, index): [string, string][] =>
      name.startsWith("{") ? [[name.slice(1, -1), segments[index] as string]] : [],
    );
    return { route, path: Object.fromEntries(parameters) };
  }
}

function methodsOf(paths: readonly (PathRoutes | undefined)[]): string {
  const methods = new Set(paths.flatMap((path) => [...(path?.byMethod.keys() ?? [])]));
  return [...methods].flatMap((name) => (name === "GET" ? [name, "HEAD"] : [name])).join(", ");
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((name, index) => (name.startsWith("{") ? segments[index] !== "" : name === segments[index]))
  );
}
