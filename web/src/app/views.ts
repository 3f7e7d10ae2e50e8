/** Every view: its path, its name, who may see it, and how it is loaded. */
import type { ComponentType } from "react";
import { type LateView, lateView } from "./late-view.ts";

export interface ViewEntry {
  path: string;
  name: string;
  group: "Spending" | "Control" | "Requests" | "Settings";
  /** Keys of the role member see their own calls alone: they have no analyses, budgets and keys. */
  isForMembers: boolean;
  load(): Promise<{ default: ComponentType }>;
}

const ENTRIES: readonly ViewEntry[] = [
  {
    path: "/",
    name: "Overview",
    group: "Spending",
    isForMembers: false,
    load: () => import("../views/overview/overview-view.tsx"),
  },
  {
    path: "/explore",
    name: "Explore",
    group: "Spending",
    isForMembers: true,
    load: () => import("../views/explore/explore-view.tsx"),
  },
  {
    path: "/rhythm",
    name: "Rhythm",
    group: "Spending",
    isForMembers: false,
    load: () => import("../views/rhythm/rhythm-view.tsx"),
  },
  {
    path: "/models",
    name: "Models",
    group: "Spending",
    isForMembers: false,
    load: () => import("../views/models/models-view.tsx"),
  },
  { path: "/why", name: "Why", group: "Spending", isForMembers: false, load: () => import("../views/why/why-view.tsx") },
  {
    path: "/budgets",
    name: "Budgets",
    group: "Control",
    isForMembers: false,
    load: () => import("../views/budgets/budgets-view.tsx"),
  },
  {
    path: "/savings",
    name: "Savings",
    group: "Control",
    isForMembers: false,
    load: () => import("../views/savings/savings-view.tsx"),
  },
  { path: "/live", name: "Live", group: "Requests", isForMembers: true, load: () => import("../views/live/live-view.tsx") },
  {
    path: "/requests",
    name: "Requests",
    group: "Requests",
    isForMembers: true,
    load: () => import("../views/requests/requests-view.tsx"),
  },
  { path: "/keys", name: "Keys", group: "Settings", isForMembers: false, load: () => import("../views/keys/keys-view.tsx") },
  {
    path: "/prices",
    name: "Prices",
    group: "Settings",
    isForMembers: false,
    load: () => import("../views/prices/prices-view.tsx"),
  },
];

export const VIEWS: readonly (ViewEntry & LateView)[] = ENTRIES.map((entry) => ({ ...entry, ...lateView(entry.load) }));

/** Begins to load the view at the path while it is still asked who looks: it is wanted next. */
export function loadViewAt(path: string): void {
  VIEWS.find((view) => view.path === path)?.begin();
}
