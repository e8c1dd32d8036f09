/** Finds the curl lines of a README: those of its blocks, and those within a sentence. */

export interface ReadmeLine {
  /** Where it begins; 1 is the first. */
  readonly line: number;
  /** As a person would copy it, continued lines included. */
  readonly command: string;
  /** The JSON that the block shows right below it. */
  readonly shown: string | undefined;
}

/** In order, those in sentences after those in blocks. */
export function curlLines(readme: string): ReadmeLine[] {
  const lines = readme.split("\n");
  const blocks = blockLines(lines);
  const found: ReadmeLine[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!blocks[at]?.startsWith("curl ")) continue;
    const first = at;
    while (lines[at]?.endsWith("\\")) at++;
    let below = at + 1;
    while (lines[below]?.trim() === "") below++;
    const next = blocks[below] ?? "";
    found.push({
      line: first + 1,
      command: lines
        .slice(first, at + 1)
        .join("\n")
        .trim(),
      shown: /^[{[]/.test(next) ? next : undefined,
    });
  }
  const inSentences = lines.flatMap((text, at) => {
    if (blocks[at] !== undefined) return [];
    const commands = [...text.matchAll(/`(curl [^`]+)`/g)].map((match) => match[1] ?? "");
    return commands.map((command) => ({ line: at + 1, command, shown: undefined }));
  });
  return [...found, ...inSentences];
}

/** The text of each line that is in a fence or indented as code; undefined for all others. */
function blockLines(lines: readonly string[]): (string | undefined)[] {
  let fenced = false;
  return lines.map((line) => {
    if (line.startsWith("```")) {
      fenced = !fenced;
      return undefined;
    }
    return fenced || line.startsWith("    ") ? line.trim() : undefined;
  });
}
