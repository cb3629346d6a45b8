#!/usr/bin/env node
import { main } from "./program.ts";

// Whoever reads the output has enough, as `head` does: what is left to do is of no use.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

const exitCode = await main(process.argv.slice(2));
// A command that failed may leave requests and sessions open, which would keep the process alive.
if (exitCode !== 0) process.exit(exitCode);
