/** A view's code is loaded when it is first looked at; where the server is away just then, once it is back. */
import { type ComponentType, createElement, lazy, useState } from "react";
import { connection } from "../api/connection.ts";

interface ViewModule {
  default: ComponentType;
}

export interface LateView {
  View: ComponentType;
  /** Begins to load it before it is looked at; what fails then is tried again, and told, where the view is shown. */
  begin(): void;
}

export function lateView(load: () => Promise<ViewModule>): LateView {
  let loaded: ComponentType | undefined;
  const loadOnce = async (): Promise<ViewModule> => {
    const module = await load();
    loaded = module.default;
    return module;
  };
  const Awaited = lazy(async () => {
    try {
      return await loadOnce();
    } catch {
      // Either the server is away, or it is a newer one that has this file no more: the second try tells.
      await connection.doubted();
      await connection.whenOk(new AbortController().signal);
      return await loadOnce();
    }
  });
  return {
    View() {
      // What is there already is drawn at once: a placeholder, once shown, stays for 300 ms, and the view's questions wait as long.
      const [View] = useState(() => loaded ?? Awaited);
      return createElement(View);
    },
    begin: () => void loadOnce().catch(() => undefined),
  };
}
