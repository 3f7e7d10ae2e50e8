import styles from "./models.module.css";

export function NameText({ name, by }: { name: string | null; by: string }) {
  return name === null ? <span className={styles.quiet}>without a {by}</span> : <bdi>{name}</bdi>;
}

export function NameList({ names, by }: { names: readonly (string | null)[]; by: string }) {
  return names.map((name, index) => (
    <span key={name === null ? "none" : `=${name}`}>
      {index > 0 && ", "}
      <NameText name={name} by={by} />
    </span>
  ));
}
