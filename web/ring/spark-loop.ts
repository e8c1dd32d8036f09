/**
 * Draws on a canvas for as long as something moves, and not while nobody can see it. A frame asks
 * the browser for nothing that makes it lay out or style the page: the size is observed.
 */

/** With the wait for the screen about 30 frames a second: enough for the eye, half the work. */
const REST_MS = 28;

export interface SparkLoop {
  /** Something new is to be drawn. */
  wake(): void;
  stop(): void;
}

export interface SparkLoopOptions {
  readonly canvas: HTMLCanvasElement;
  /** In units of the drawing; the canvas may be shown at any size. */
  readonly width: number;
  /** Onto an empty canvas. Returns whether to go on with the next frame. */
  readonly draw: (context: CanvasRenderingContext2D, nowMs: number) => boolean;
}

export function createSparkLoop({ canvas, width, draw }: SparkLoopOptions): SparkLoop {
  let frame: number | undefined;
  let rest: number | undefined;
  /** In CSS pixels; 0 until it is known. */
  let shown = { width: 0, height: 0 };

  function paint(): void {
    frame = undefined;
    const context = canvas.getContext("2d");
    if (context === null || shown.width === 0) return;
    const wide = Math.round(shown.width * window.devicePixelRatio);
    const high = Math.round(shown.height * window.devicePixelRatio);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.scale(wide / width, wide / width);
    if (!draw(context, performance.now())) return;
    rest = window.setTimeout(() => {
      rest = undefined;
      wake();
    }, REST_MS);
  }

  function wake(): void {
    if (frame !== undefined || rest !== undefined || document.hidden) return;
    frame = requestAnimationFrame(paint);
  }

  function sleep(): void {
    if (frame !== undefined) cancelAnimationFrame(frame);
    window.clearTimeout(rest);
    frame = undefined;
    rest = undefined;
  }

  function onVisibility(): void {
    if (document.hidden) sleep();
    else wake();
  }

  const sizes = new ResizeObserver(([entry]) => {
    if (entry === undefined) return;
    shown = entry.contentRect;
    wake();
  });
  sizes.observe(canvas);
  document.addEventListener("visibilitychange", onVisibility);
  return {
    wake,
    stop() {
      sizes.disconnect();
      document.removeEventListener("visibilitychange", onVisibility);
      sleep();
    },
  };
}
