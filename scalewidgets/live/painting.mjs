// Lets BokehJS paint a plot as often as a drag moves it. Shared by every face; imports nothing.
// What is changed here is private to BokehJS: a version without it paints as it always did.
import { spareWork } from "./savings.mjs";

const NEAR = "100px"; // of the window: from there a figure counts as in sight

// What paints each view that is paced: one that stays while Python draws others is met again.
const paced = new WeakMap();

// Renderers of each view whose columns have changed since they were read.
const late = new WeakMap();

/** Let a view read the columns that have changed. */
export async function settle(view) {
  const renderers = [...(late.get(view) ?? [])];
  late.get(view)?.clear();
  await Promise.all(renderers.map((renderer) => renderer.set_data()));
}

// BokehJS reads columns as they change: where it moves in each frame, once before painting is enough.
function readLater(view) {
  const waiting = new Set();
  late.set(view, waiting);
  for (const renderer of view.computed_renderer_views ?? []) {
    if (typeof renderer.set_data !== "function" || typeof renderer.update_data !== "function") continue;
    renderer.update_data = async () => {
      waiting.add(renderer);
      renderer.request_paint();
    };
  }
}

/**
 * Let a plot view paint in every frame while it is in sight, once and for all; returns a function that paints at once what is due.
 * BokehJS throttles by the clock to 60/s, which loses every second frame at 60 moves/s.
 */
export function pacePainting(view) {
  if (typeof view?.throttled_paint !== "function" || typeof view.repaint !== "function") return () => {};
  if (paced.has(view)) return paced.get(view);
  let due = null;
  let promise;
  let away = false;
  const paint = () => {
    if (due == null || away) return;
    const { frame, resolve } = due;
    due = null;
    cancelAnimationFrame(frame);
    globalThis.removeEventListener("beforeprint", print);
    // within this frame still: nothing of it waits for more than itself
    settle(view).then(() => {
      if (!view.is_destroyed) view.repaint();
      resolve();
    });
  };
  const print = () => {
    away = false;
    paint();
  };
  view.throttled_paint = () => {
    if (due == null) {
      promise = new Promise((resolve) => (due = { resolve, frame: requestAnimationFrame(paint) }));
      // paper shows what the window does not
      globalThis.addEventListener("beforeprint", print);
    }
    return promise;
  };
  new IntersectionObserver(
    (entries) => {
      away = !entries.at(-1).isIntersecting;
      paint();
    },
    { rootMargin: NEAR },
  ).observe(view.el);
  readLater(view);
  spareWork(view);
  paced.set(view, paint);
  return paint;
}
