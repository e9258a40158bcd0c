// Keeps what is read in its place while something above it comes, goes or grows.

/**
 * Gives a function that makes a change above `below`. Where `below` has reached the top of
 * `scroller`, the reader is within it, and it stays where it is.
 */
export function createPlace(scroller, below) {
  return (change) => {
    const top = below.getBoundingClientRect().top;
    const reading = top < scroller.getBoundingClientRect().top;
    change();
    if (reading) scroller.scrollTop += below.getBoundingClientRect().top - top;
  };
}
