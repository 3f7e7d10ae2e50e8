/** A reply that was read whole, handed on: what fetch gives, without another stream in between. */

type BodyMethod = "arrayBuffer" | "blob" | "formData" | "text";

/** What was read: a text where it is one, and its value where that was looked at. */
export interface ReadBody {
  text?: string;
  bytes?: Uint8Array<ArrayBuffer>;
  /** Of the text as JSON; given away once, as whoever gets it may change it. */
  value?: unknown;
}

export function readResponse(head: Response, body: ReadBody): Response {
  return new ReadResponse(head, body) as unknown as Response;
}

/** Without its constructor, which makes headers and a body that nobody asks for. */
const Native = class {} as new () => object;
Object.setPrototypeOf(Native.prototype, Response.prototype);

/**
 * Its body is there already. A native `Response` of it would be copied into a stream, and read out of it again, at many times the cost;
 * one is made where somebody asks for what only it can do.
 */
class ReadResponse extends Native {
  readonly #head: Response;
  readonly #body: ReadBody;
  #value: unknown;
  #stream: ReadableStream<Uint8Array> | undefined;
  #isUsed = false;

  constructor(head: Response, body: ReadBody) {
    super();
    this.#head = head;
    this.#body = body;
    this.#value = body.value;
  }

  get status(): number {
    return this.#head.status;
  }

  get statusText(): string {
    return this.#head.statusText;
  }

  get ok(): boolean {
    return this.#head.ok;
  }

  get headers(): Response["headers"] {
    return this.#head.headers;
  }

  get url(): string {
    return this.#head.url;
  }

  get redirected(): boolean {
    return this.#head.redirected;
  }

  get type(): Response["type"] {
    return this.#head.type;
  }

  get body(): Response["body"] {
    this.#stream ??= new ReadableStream({ pull: (controller) => this.#pull(controller) }, { highWaterMark: 0 });
    return this.#stream as unknown as Response["body"];
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  async text(): Promise<string> {
    if (!this.#canGive()) return this.#from("text");
    this.#isUsed = true;
    const { text, bytes } = this.#body;
    return text ?? Buffer.from(bytes as Uint8Array).toString();
  }

  async json(): Promise<unknown> {
    const value = this.#value;
    if (value === undefined || !this.#canGive()) return JSON.parse(await this.text());
    this.#isUsed = true;
    this.#value = undefined;
    return value;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#from("arrayBuffer");
  }

  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(await this.#from("arrayBuffer"));
  }

  async blob(): ReturnType<Response["blob"]> {
    return this.#from("blob");
  }

  async formData(): ReturnType<Response["formData"]> {
    return this.#from("formData");
  }

  clone(): ReadResponse {
    if (this.bodyUsed) throw new TypeError("Response.clone: Body has already been consumed.");
    const { text, bytes } = this.#body;
    return new ReadResponse(this.#head, text === undefined ? { bytes: bytes as Uint8Array<ArrayBuffer> } : { text });
  }

  #pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    if (!this.#isUsed) controller.enqueue(this.#body.bytes ?? Buffer.from(this.#body.text ?? ""));
    this.#isUsed = true;
    controller.close();
  }

  /** Nobody has it yet, nor reads it as a stream. */
  #canGive(): boolean {
    return !this.#isUsed && this.#stream?.locked !== true;
  }

  /** By a native one, with its type, by which forms and blobs are read. */
  async #from<Method extends BodyMethod>(method: Method): Promise<Awaited<ReturnType<Response[Method]>>> {
    if (!this.#canGive()) throw new TypeError("Body is unusable: Body has already been read");
    this.#isUsed = true;
    const native = new Response(this.#body.text ?? this.#body.bytes, { headers: this.#head.headers });
    return (await native[method]()) as Awaited<ReturnType<Response[Method]>>;
  }
}
