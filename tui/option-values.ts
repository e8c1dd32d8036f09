/**
 * Reads what people type on command lines, strictly: a number that is not exactly what is allowed
 * is refused with what is allowed. The servers check everything again.
 */
import { InvalidArgumentError } from "commander";
import { REQUEST_ID_LENGTH_MAX, VALUE_MAX, VALUE_MIN } from "../game/limits.js";
import { PLAYER_RULE, playerName, ROOM_RULE, roomName } from "../game/names.js";
import { parseZxid } from "../game/zxid.js";

const TIMEOUT_MAX_MS = 600_000;

export const SEED_MAX = 999_999_999;
const BOTS_MAX = 200;
const BOT_RATE_MIN = 0.01;
const BOT_RATE_MAX = 1000;
const BOT_DURATION_MIN_S = 0.1;
/** A week: no timer of the runtime lasts a month. */
const BOT_DURATION_MAX_S = 604_800;

const REQUEST_ID = new RegExp(`^[ -~]{1,${REQUEST_ID_LENGTH_MAX}}$`);

/** A target or a guess. Throws commander's InvalidArgumentError. */
export function parseValue(text: string): number {
  const rule = `A value is a whole number from ${VALUE_MIN} to ${VALUE_MAX}, such as 42.`;
  return parseWholeNumber(text, VALUE_MIN, VALUE_MAX, rule);
}

/** Milliseconds. */
export function parseTimeout(text: string): number {
  const rule = `A time-out is a whole number of milliseconds from 1 to ${TIMEOUT_MAX_MS}.`;
  return parseWholeNumber(text, 1, TIMEOUT_MAX_MS, rule);
}

export function parseNodeCount(nodesMax: number): (text: string) => number {
  const rule = `A cluster has a whole number of nodes from 1 to ${nodesMax}.`;
  return (text) => parseWholeNumber(text, 1, nodesMax, rule);
}

export function parsePlayer(text: string): string {
  const player = playerName(text);
  if (player !== undefined) return player;
  throw new InvalidArgumentError(`A player's name is ${PLAYER_RULE}.`);
}

/** An empty name means the default room, as it does for the servers. */
export function parseRoom(text: string): string {
  const room = roomName(text);
  if (room !== undefined) return room;
  throw new InvalidArgumentError(`A room's name is ${ROOM_RULE}.`);
}

export function parseZxidOption(text: string): bigint {
  const zxid = parseZxid(text);
  if (zxid !== undefined) return zxid;
  throw new InvalidArgumentError('A zxid is written epoch.counter, such as "3.1842".');
}

export function parseRequestId(text: string): string {
  if (REQUEST_ID.test(text)) return text;
  const rule = `A request id has 1 to ${REQUEST_ID_LENGTH_MAX} characters, all printable ASCII.`;
  throw new InvalidArgumentError(rule);
}

/** A server's base address, completed with http:// if it has no scheme. */
export function parseServer(text: string): string {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  // A name with a password would be dropped without a word, and so would line ends.
  const isWhole = url !== undefined && !/[@\p{Cc}]/u.test(text);
  const plain = isWhole && url.search === "" && url.hash === "" && url.hostname !== "";
  if (plain && url.pathname === "/" && (url.protocol === "http:" || url.protocol === "https:")) {
    return url.origin;
  }
  throw new InvalidArgumentError("A server is an address such as http://127.0.0.1:7101.");
}

export function parseBotCount(text: string): number {
  return parseWholeNumber(text, 1, BOTS_MAX, `There may be 1 to ${BOTS_MAX} bots.`);
}

/** Guesses a second. */
export function parseBotRate(text: string): number {
  const rule = `A rate is a number of guesses a second from ${BOT_RATE_MIN} to ${BOT_RATE_MAX}.`;
  return parseDecimal(text, BOT_RATE_MIN, BOT_RATE_MAX, rule);
}

/** Seconds in, milliseconds out. */
export function parseBotDuration(text: string): number {
  const rule = `A duration is ${BOT_DURATION_MIN_S} to ${BOT_DURATION_MAX_S} seconds, such as 3.`;
  return parseDecimal(text, BOT_DURATION_MIN_S, BOT_DURATION_MAX_S, rule) * 1000;
}

export function parseSeed(text: string): number {
  return parseWholeNumber(text, 0, SEED_MAX, `A seed is a whole number from 0 to ${SEED_MAX}.`);
}

function parseWholeNumber(text: string, min: number, max: number, rule: string): number {
  return parseNumber(/^[0-9]{1,9}$/, text, min, max, rule);
}

/** Digits, and a point and more digits if there is a fraction. */
function parseDecimal(text: string, min: number, max: number, rule: string): number {
  return parseNumber(/^[0-9]{1,9}(\.[0-9]{1,9})?$/, text, min, max, rule);
}

function parseNumber(form: RegExp, text: string, min: number, max: number, rule: string): number {
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(rule);
}
