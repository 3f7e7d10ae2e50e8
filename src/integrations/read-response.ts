/** A reply that was read whole, handed on: what fetch gives, without another stream in between. */

type BodyMethod = "arrayBuffer" | "blob" | "formData" | "text";

/** Types say that a response has properties where it has accessors, which another class may have otherwise. */
const Native = Response as unknown as new (body: null) => object;

export function readResponse(head: Response, bytes: Uint8Array<ArrayBuffer>): Response {
  return new ReadResponse(head, bytes) as unknown as Response;
}

/**
 * Its bytes are there already. A native `Response` of them would be copied into a stream, and read out of it again, at many times the cost;
 * one is made where somebody asks for what only it can do.
 */
class ReadResponse extends Native {
  readonly #head: Response;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #native: Response | undefined;
  #isUsed = false;

  constructor(head: Response, bytes: Uint8Array<ArrayBuffer>) {
    super(null);
    this.#head = head;
    this.#bytes = bytes;
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
    this.#native ??= new Response(this.#bytes);
    return this.#native.body;
  }

  get bodyUsed(): boolean {
    return this.#isUsed || this.#native?.bodyUsed === true;
  }

  async text(): Promise<string> {
    return this.#canGive() ? Buffer.from(this.#take()).toString() : this.#from("text");
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#canGive() ? this.#take().slice().buffer : this.#from("arrayBuffer");
  }

  async blob(): ReturnType<Response["blob"]> {
    return this.#from("blob");
  }

  async formData(): ReturnType<Response["formData"]> {
    return this.#from("formData");
  }

  clone(): ReadResponse {
    if (this.bodyUsed) throw new TypeError("Response.clone: Body has already been consumed.");
    return new ReadResponse(this.#head, this.#bytes);
  }

  /** Nobody reads them as a stream. */
  #canGive(): boolean {
    return !this.#isUsed && this.#native?.body?.locked !== true && this.#native?.bodyUsed !== true;
  }

  #take(): Uint8Array<ArrayBuffer> {
    this.#isUsed = true;
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  async #from<Method extends BodyMethod>(method: Method): Promise<Awaited<ReturnType<Response[Method]>>> {
    if (this.#isUsed) throw new TypeError("Body is unusable: Body has already been read");
    // With its type, by which forms and blobs are read.
    this.#native ??= new Response(this.#bytes, { headers: this.#head.headers });
    return (await this.#native[method]()) as Awaited<ReturnType<Response[Method]>>;
  }
}
