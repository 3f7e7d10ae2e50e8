import { NameText } from "../../parts/name-text.tsx";

export function NameList({ names, by }: { names: readonly (string | null)[]; by: string }) {
  return names.map((name, index) => (
    <span key={name === null ? "none" : `=${name}`}>
      {index > 0 && ", "}
      <NameText name={name} by={by} />
    </span>
  ));
}
