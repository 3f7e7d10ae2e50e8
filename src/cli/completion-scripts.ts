/** Completion scripts: static, so that pressing Tab starts no process. */

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

export interface CommandWords {
  options: readonly string[];
  subcommands: readonly string[];
  /** What its first argument may be, besides a file. */
  choices: readonly string[];
}

/** @param words by command; "" is the program itself, whose options every command takes */
export function completionScript(shell: Shell, words: Readonly<Record<string, CommandWords>>): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](words);
}

type Words = Readonly<Record<string, CommandWords>>;

const named = (words: Words): [string, CommandWords][] => Object.entries(words).filter(([name]) => name !== "");
const everywhere = (words: Words): string => [...(words[""]?.options ?? []), "--help"].join(" ");

function cases(words: Words): string {
  return named(words)
    .map(([name, { options, subcommands, choices }]) => `    ${name}) words="${[...subcommands, ...choices, ...options].join(" ")}" ;;`)
    .join("\n");
}

function bashScript(words: Words): string {
  return `# bash completion for tokenledger
_tokenledger() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${named(words)
      .map(([name]) => name)
      .join("|")}) command="$word"; break ;; esac
  done
  case "$command" in
    "") words="${(words[""]?.subcommands ?? []).join(" ")}" ;;
${cases(words)}
  esac
  COMPREPLY=($(compgen -W "$words ${everywhere(words)}" -- "$current"))
}
complete -o default -F _tokenledger tokenledger
`;
}

function zshScript(words: Words): string {
  return `#compdef tokenledger
_tokenledger() {
  local command="" word words_here
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$word" in ${named(words)
      .map(([name]) => name)
      .join("|")}) command="$word"; break ;; esac
  done
  case "$command" in
    "") words_here="${(words[""]?.subcommands ?? []).join(" ")}" ;;
${cases(words).replaceAll("words=", "words_here=")}
  esac
  compadd -- \${=words_here} ${everywhere(words)}
  _files
}
compdef _tokenledger tokenledger
`;
}

function fishScript(words: Words): string {
  const lines = [`complete -c tokenledger -n __fish_use_subcommand -f -a "${(words[""]?.subcommands ?? []).join(" ")}"`];
  for (const option of [...(words[""]?.options ?? []), "--help"]) lines.push(`complete -c tokenledger -l ${option.slice(2)}`);
  for (const [name, { options, subcommands, choices }] of named(words)) {
    const here = `complete -c tokenledger -n "__fish_seen_subcommand_from ${name}"`;
    if (subcommands.length > 0) lines.push(`${here} -f -a "${subcommands.join(" ")}"`);
    if (choices.length > 0) lines.push(`${here} -a "${choices.join(" ")}"`);
    for (const option of options) lines.push(`${here} -l ${option.slice(2)}`);
  }
  return `# fish completion for tokenledger\n${lines.join("\n")}\n`;
}
