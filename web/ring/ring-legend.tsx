/** Which shape means what on the ring. */

const SHAPES = [
  { name: "proposal", shape: <circle class="spark-dot" cx="6" cy="6" r="4" /> },
  { name: "ack", shape: <circle class="spark-ring" cx="6" cy="6" r="3.5" /> },
  { name: "commit", shape: <path class="spark-diamond" d="M6 0L10.8 6L6 12L1.2 6Z" /> },
  { name: "vote", shape: <path class="spark-triangle" d="M6 1L11 10.4H1Z" /> },
  { name: "sync", shape: <path class="spark-square" d="M2.4 2.4H9.6V9.6H2.4Z" /> },
];

export function RingLegend() {
  return (
    <ul class="ring-legend" aria-label="What moves on the ring">
      {SHAPES.map(({ name, shape }) => (
        <li key={name}>
          <svg viewBox="0 0 12 12" aria-hidden="true">
            {shape}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
