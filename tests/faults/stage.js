// Turns among runs that share a machine: few act at a time, so that none disturbs another, while
// many wait for what comes of it. Knows how many. Never knows what is done.

export class Stage {
  #free;
  #queue = [];

  constructor(places) {
    this.#free = places;
  }

  /** Waits for a place, in turn. */
  enter() {
    return new Promise((resolve) => {
      this.#queue.push(resolve);
      this.#admit();
    });
  }

  /** Waits for a place before all that have not begun: their time runs. */
  again() {
    return new Promise((resolve) => {
      this.#queue.unshift(resolve);
      this.#admit();
    });
  }

  leave() {
    this.#free += 1;
    this.#admit();
  }

  #admit() {
    while (this.#queue.length && this.#free) {
      this.#free -= 1;
      this.#queue.shift()();
    }
  }
}
