// A server of likes. It answers at once, never, or as a script says.
export class Server {
  constructor(answers = 'at once') {
    this.answers = answers;
    this.values = new Map();
    this.writes = 0;
    this.reads = 0;
    this.waiting = [];
  }

  async put(id, value) {
    this.writes += 1;
    if (this.answers === 'never') return new Promise(() => {});
    if (this.answers === 'scripted') return new Promise((resolve, reject) => this.waiting.push({ id, value, resolve, reject }));
    this.values.set(id, value);
    return value;
  }

  async read(id) {
    this.reads += 1;
    return { id, value: this.values.get(id) ?? 0 };
  }
}
