/**
 * What a record's metadata may tell of how its call was made: what it takes to find out afterwards what could have been saved. Never
 * content: the blocks of a prompt are told apart by keyed hashes.
 */

/** A stretch of the prompt that a provider's cache could hold. */
export interface PromptBlock {
  /** Of this block and all before it, under a key that only the book knows: eight characters of base64url. */
  hash: string;
  tokens: number;
}

export interface CallFacts {
  /** The prompt from its beginning: tools, system, messages. */
  promptBlocks?: readonly PromptBlock[];
  isStream?: boolean;
  /** Tools that the model was offered, messages of the conversation. */
  tools?: number;
  turns?: number;
  temperature?: number;
  /** The answer ended at its limit of output. */
  isTruncated?: boolean;
}

type Metadata = Readonly<Record<string, string>>;

const BLOCKS = "prompt_blocks";
/** So that they fit into a text of metadata. Of more, the first and the last ones are told, and a few of those between. */
const MOST_BLOCKS = 60;
const FIRST_BLOCKS = 24;
const LAST_BLOCKS = 20;

/** As metadata of a record: few and short texts. */
export function factsAsMetadata(facts: CallFacts): Record<string, string> {
  const metadata: Record<string, string> = {};
  const blocks = facts.promptBlocks && fewerBlocks(facts.promptBlocks);
  if (blocks && blocks.length > 0) metadata[BLOCKS] = blocks.map(({ hash, tokens }) => `${hash}:${tokens}`).join(" ");
  if (facts.isStream !== undefined) metadata.stream = String(facts.isStream);
  if (facts.tools !== undefined) metadata.tools = String(facts.tools);
  if (facts.turns !== undefined) metadata.turns = String(facts.turns);
  if (facts.temperature !== undefined) metadata.temperature = String(facts.temperature);
  if (facts.isTruncated) metadata.finish = "length";
  return metadata;
}

/** Undefined where the metadata tells nothing of the kind. What can't be read is left out. */
export function factsInMetadata(metadata: Metadata): CallFacts | undefined {
  const facts: CallFacts = {};
  const blocks = blocksIn(metadata[BLOCKS]);
  if (blocks) facts.promptBlocks = blocks;
  if (metadata.stream === "true" || metadata.stream === "false") facts.isStream = metadata.stream === "true";
  const tools = countIn(metadata.tools);
  if (tools !== undefined) facts.tools = tools;
  const turns = countIn(metadata.turns);
  if (turns !== undefined) facts.turns = turns;
  const temperature = Number(metadata.temperature ?? Number.NaN);
  if (metadata.temperature !== "" && Number.isFinite(temperature)) facts.temperature = temperature;
  if (metadata.finish === "length") facts.isTruncated = true;
  return Object.keys(facts).length === 0 ? undefined : facts;
}

/**
 * The same prompt in no more blocks than are kept, those that are left out being a part of the next one. Which ones stay goes by their
 * place in the prompt, so that what another prompt shares with this one is found in both: a conversation's next prompt has the end of this
 * one among its last blocks, and of those between, fewer are a part of more.
 */
function fewerBlocks(blocks: readonly PromptBlock[]): readonly PromptBlock[] {
  const { length } = blocks;
  if (length <= MOST_BLOCKS) return blocks;
  const between = length - FIRST_BLOCKS - LAST_BLOCKS;
  let step = 2;
  while (between / step > MOST_BLOCKS - FIRST_BLOCKS - LAST_BLOCKS - 1) step *= 2;
  const kept: PromptBlock[] = [];
  let tokens = 0;
  blocks.forEach((block, place) => {
    tokens += block.tokens;
    if (place >= FIRST_BLOCKS && place < length - LAST_BLOCKS && (place + 1) % step !== 0) return;
    kept.push({ hash: block.hash, tokens });
    tokens = 0;
  });
  return kept;
}

function blocksIn(text: string | undefined): PromptBlock[] | undefined {
  if (text === undefined) return undefined;
  const blocks: PromptBlock[] = [];
  for (const word of text.split(" ")) {
    const colon = word.lastIndexOf(":");
    const tokens = countIn(word.slice(colon + 1));
    if (colon <= 0 || tokens === undefined) return undefined;
    blocks.push({ hash: word.slice(0, colon), tokens });
  }
  return blocks;
}

function countIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}
