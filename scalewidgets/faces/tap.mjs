// Tells Python of an app which run was tapped.
import { nearestRow } from "./nearest.mjs";

let count = 0;

/** Called for a tap on a figure. */
export default function tapped({ heard, sources }, event) {
  const row = nearestRow(event, sources);
  // counted, so that a second tap on the same run is another message
  if (row != null) heard.tags = [JSON.stringify({ row, count: ++count })];
}
