/** A client as many services have one: typed methods over `fetch`, which pools its sockets by itself. */
export class WeatherClient {
  constructor(private readonly url: string) {}

  /** @throws HttpError for any answer but a good one */
  async degrees(city: string, signal?: AbortSignal): Promise<number> {
    const query = new URLSearchParams({ city });
    const response = await fetch(`${this.url}/weather?${query}`, { signal: signal ?? null });
    const text = await response.text();
    if (!response.ok) throw new HttpError(response.status);
    return (JSON.parse(text) as { degrees: number }).degrees;
  }
}

export class HttpError extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status}`);
  }
}
