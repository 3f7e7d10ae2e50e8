/** Every view: its path, its name, who may see it, and how it is loaded. */
import type { ComponentType, LazyExoticComponent } from "react";
import { lateView } from "./late-view.ts";

export interface ViewEntry {
  path: string;
  name: string;
  group: "Spending" | "Control" | "Requests" | "Settings";
  /** Keys of the role member see their own calls alone: they have no analyses, budgets and keys. */
  isForMembers: boolean;
  Component: LazyExoticComponent<ComponentType>;
}

export const VIEWS: readonly ViewEntry[] = [
  {
    path: "/",
    name: "Overview",
    group: "Spending",
    isForMembers: false,
    Component: lateView(() => import("../views/overview/overview-view.tsx")),
  },
  {
    path: "/explore",
    name: "Explore",
    group: "Spending",
    isForMembers: true,
    Component: lateView(() => import("../views/explore/explore-view.tsx")),
  },
  {
    path: "/rhythm",
    name: "Rhythm",
    group: "Spending",
    isForMembers: false,
    Component: lateView(() => import("../views/rhythm/rhythm-view.tsx")),
  },
  {
    path: "/models",
    name: "Models",
    group: "Spending",
    isForMembers: false,
    Component: lateView(() => import("../views/models/models-view.tsx")),
  },
  { path: "/why", name: "Why", group: "Spending", isForMembers: false, Component: lateView(() => import("../views/why/why-view.tsx")) },
  {
    path: "/budgets",
    name: "Budgets",
    group: "Control",
    isForMembers: false,
    Component: lateView(() => import("../views/budgets/budgets-view.tsx")),
  },
  {
    path: "/savings",
    name: "Savings",
    group: "Control",
    isForMembers: false,
    Component: lateView(() => import("../views/savings/savings-view.tsx")),
  },
  { path: "/live", name: "Live", group: "Requests", isForMembers: true, Component: lateView(() => import("../views/live/live-view.tsx")) },
  {
    path: "/requests",
    name: "Requests",
    group: "Requests",
    isForMembers: true,
    Component: lateView(() => import("../views/requests/requests-view.tsx")),
  },
  { path: "/keys", name: "Keys", group: "Settings", isForMembers: false, Component: lateView(() => import("../views/keys/keys-view.tsx")) },
  {
    path: "/prices",
    name: "Prices",
    group: "Settings",
    isForMembers: false,
    Component: lateView(() => import("../views/prices/prices-view.tsx")),
  },
];
