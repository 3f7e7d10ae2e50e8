/** Charts that stand above each other and share the cursor and the width of their axes. */

export interface GroupMember {
  /** Width of the axis its own values need, in pixels. */
  ownAxisWidth: number;
  axisWidthChanged(): void;
  showInstant(instantMs: number | null): void;
}

const groups = new Map<string, Set<GroupMember>>();

export function joinGroup(key: string, member: GroupMember): () => void {
  const members = groups.get(key) ?? new Set();
  groups.set(key, members);
  members.add(member);
  return () => {
    members.delete(member);
    if (members.size === 0) groups.delete(key);
  };
}

export function othersOf(key: string | undefined, member: GroupMember): GroupMember[] {
  return key === undefined ? [] : [...(groups.get(key) ?? [])].filter((each) => each !== member);
}

/** The widest axis of the group: panels are aligned only when their axes are equally wide. */
export function sharedAxisWidth(key: string | undefined, member: GroupMember): number {
  return Math.max(member.ownAxisWidth, ...othersOf(key, member).map(({ ownAxisWidth }) => ownAxisWidth));
}
