#!/usr/bin/env node
// The command line. The sources run as they stand (see scripts/register.mjs).
import "../../../scripts/register.mjs";

const { main } = await import("../src/main.ts");
process.exitCode = await main(process.argv.slice(2));
