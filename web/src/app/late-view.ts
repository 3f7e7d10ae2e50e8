/** A view's code is loaded when it is first looked at; where the server is away just then, once it is back. */
import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { connection } from "../api/connection.ts";

interface ViewModule {
  default: ComponentType;
}

export function lateView(load: () => Promise<ViewModule>): LazyExoticComponent<ComponentType> {
  return lazy(async () => {
    try {
      return await load();
    } catch {
      // Either the server is away, or it is a newer one that has this file no more: the second try tells.
      await connection.doubted();
      await connection.whenOk(new AbortController().signal);
      return await load();
    }
  });
}
