/** Light, dark, or as the system says: remembered by the browser, told to the style sheets by an attribute of the page. */

export type Theme = "system" | "light" | "dark";

const PLACE = "tokenledger-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme(): Theme {
  try {
    const kept = localStorage.getItem(PLACE);
    return kept === "light" || kept === "dark" ? kept : "system";
  } catch {
    // A browser that keeps nothing follows the system.
    return "system";
  }
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(PLACE);
    else localStorage.setItem(PLACE, theme);
  } catch {
    // It holds for this page all the same.
  }
  showTheme(theme);
}

export function showTheme(theme: Theme = chosenTheme()): void {
  const isDark = theme === "dark" || (theme === "system" && prefersDark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

prefersDark.addEventListener("change", () => showTheme());
