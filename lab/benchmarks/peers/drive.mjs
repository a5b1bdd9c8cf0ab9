// drive.py for Node's handlers: the same commands on standard input, the same answers on standard error.

import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const loaded = await import(pathToFileURL(process.argv[2]));
const handler = loaded.handler ?? loaded.default.handler;
let events = [];
let expected = [];

async function answer_of(event) {
  let answer;
  try {
    answer = await handler(event, {});
  } catch (error) {
    return error.message === "Unauthorized" ? "Unauthorized" : error.name;
  }
  const statement = answer.policyDocument.Statement[0];
  const path = statement.Resource.split("/").slice(2).join("/");
  return `${statement.Effect} ${answer.principalId} ${path} .`;
}

async function check(count) {
  let wrong = 0;
  let example = null;
  for (let at = 0; at < count; at++) {
    const verdict = await answer_of(events[at % events.length]);
    if (!verdict.startsWith(expected[at % events.length])) {
      wrong += 1;
      example = `${verdict}, not ${expected[at % events.length]}`;
    }
  }
  return { wrong, example };
}

async function measure(count) {
  let refused = 0;
  const started = process.hrtime.bigint();
  for (let at = 0; at < count; at++) {
    try {
      await handler(events[at % events.length], {});
    } catch {
      refused += 1;
    }
  }
  return { ns: Number(process.hrtime.bigint() - started), refused };
}

async function obey(line) {
  const command = JSON.parse(line);
  if (command.events) ({ events, expected } = command);
  const answer = {};
  if (command.check) Object.assign(answer, await check(command.check));
  if (command.measure) Object.assign(answer, await measure(command.measure));
  writeSync(2, JSON.stringify(answer) + "\n");
}

let unread = "";
for await (const chunk of process.stdin) {
  unread += chunk;
  for (let end; (end = unread.indexOf("\n")) >= 0; unread = unread.slice(end + 1)) {
    await obey(unread.slice(0, end));
  }
}
