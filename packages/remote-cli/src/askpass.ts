#!/usr/bin/env node
/** What git starts to ask for a password: hands the question to the call's socket and prints the answer. Holds nothing. */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";

const HOME = homedir();
const question = process.argv[2] ?? "";
let answer = "";

const fail = () => process.exit(1);
const socket = connect(join(HOME, "askpass.sock"));
socket.setEncoding("utf8").setTimeout(10_000, fail);
socket.on("error", fail);
socket.on("connect", () => socket.write(`${readFileSync(join(HOME, "ticket"), "utf8")} ${question}\n`));
socket.on("data", (chunk) => (answer += String(chunk)));
socket.on("end", () => {
  if (answer === "") fail();
  process.stdout.write(`${answer}\n`);
});
