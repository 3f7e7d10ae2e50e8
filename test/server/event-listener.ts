/** Listens to a server's events, as a browser's EventSource does. */
import { get, type IncomingMessage } from "node:http";

export interface HeardEvent {
  id: string | undefined;
  event: string;
  data: Record<string, unknown>;
}

export class EventListener implements AsyncDisposable {
  readonly events: HeardEvent[] = [];
  status = 0;
  headers: Record<string, unknown> = {};
  hasEnded = false;
  comments = 0;
  #reply: IncomingMessage | undefined;
  #text = "";

  /** Resolves when the head has come. */
  static async to(url: string, headers: Record<string, string> = {}, path = "/api/v1/events"): Promise<EventListener> {
    const listener = new EventListener();
    await new Promise<void>((resolve, reject) => {
      const request = get(`${url}${path}`, { headers, agent: false }, (reply) => {
        listener.#listen(reply);
        resolve();
      });
      request.on("error", (error) => {
        listener.hasEnded = true;
        reject(error);
      });
    });
    return listener;
  }

  #listen(reply: IncomingMessage): void {
    this.#reply = reply;
    this.status = reply.statusCode ?? 0;
    this.headers = reply.headers;
    reply.setEncoding("utf8");
    reply.on("data", (text: string) => this.#take(text));
    reply.on("error", () => undefined);
    reply.on("close", () => {
      this.hasEnded = true;
    });
  }

  #take(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf("\n\n"); end >= 0; end = this.#text.indexOf("\n\n")) {
      const lines = this.#text.slice(0, end).split("\n");
      this.#text = this.#text.slice(end + 2);
      const field = (name: string): string | undefined => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      if (lines[0]?.startsWith(":")) this.comments++;
      if (data !== undefined) this.events.push({ id: field("id"), event: field("event") ?? "message", data: JSON.parse(data) });
    }
  }

  /** Waits until something is so; undefined after half a minute. */
  async until<Found>(found: (listener: this) => Found | undefined | false): Promise<Found | undefined> {
    for (let tries = 0; tries < 1500; tries++) {
      const answer = found(this);
      if (answer !== undefined && answer !== false) return answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return undefined;
  }

  heard(event: string): HeardEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  pause(): void {
    this.#reply?.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reply?.destroy();
  }
}
