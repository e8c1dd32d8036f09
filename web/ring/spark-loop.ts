/** Draws on a canvas for as long as something moves, and not while nobody can see it. */

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

  function paint(): void {
    frame = undefined;
    const context = canvas.getContext("2d");
    if (context === null) return;
    const shown = canvas.getBoundingClientRect();
    const pixels = window.devicePixelRatio;
    const wide = Math.round(shown.width * pixels);
    const high = Math.round(shown.height * pixels);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, wide, high);
    context.scale(wide / width, wide / width);
    if (draw(context, performance.now())) wake();
  }

  function wake(): void {
    if (frame === undefined && !document.hidden) frame = requestAnimationFrame(paint);
  }

  function rest(): void {
    if (frame !== undefined) cancelAnimationFrame(frame);
    frame = undefined;
  }

  function onVisibility(): void {
    if (document.hidden) rest();
    else wake();
  }

  document.addEventListener("visibilitychange", onVisibility);
  return {
    wake,
    stop() {
      document.removeEventListener("visibilitychange", onVisibility);
      rest();
    },
  };
}
