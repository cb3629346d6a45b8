#!/usr/bin/env node
import { main } from "./program.ts";

const exitCode = await main(process.argv.slice(2));
// A command that failed may leave requests and sessions open, which would keep the process alive.
if (exitCode !== 0) process.exit(exitCode);
