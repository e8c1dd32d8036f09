/** The `zabble` program. The exit code is set here and nowhere else. */
import { createProcessContext, endOnBug } from "./process-context.js";
import { runZabble } from "./run-zabble.js";

const context = createProcessContext();
process.exitCode = await runZabble(process.argv.slice(2), context)
  .catch(endOnBug)
  .finally(context.close);
