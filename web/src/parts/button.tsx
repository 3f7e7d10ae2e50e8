import type { ButtonHTMLAttributes } from "react";
import styles from "./button.module.css";

export function Button({
  tone = "plain",
  type = "button",
  className = "",
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { tone?: "plain" | "main" | "danger" }) {
  return <button type={type} className={`${styles.button} ${styles[tone]} ${className}`} {...rest} />;
}
