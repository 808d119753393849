/** An event of a stream; an empty one stands for a comment, a sign of life. */
export interface StreamEvent {
  event?: string
  id?: string
  data?: string
}

/** Yields the events of a stream (WHATWG HTML, 9.2). */
export async function* parseEvents(stream: ReadableStream<Uint8Array>, alive: () => void): AsyncGenerator<StreamEvent> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let event: Record<string, string> = {}
  let data: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      alive()
      const lines = (rest + decoder.decode(value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const raw of lines) {
        const line = raw.replace(/\r$/, '')
        const colon = line.indexOf(':')
        const name = colon < 0 ? line : line.slice(0, colon)
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
        if (name === 'data') data.push(text)
        else if (name !== '') event[name] = text
        else if (colon === 0) yield {}
        else {
          if (data.length > 0) yield { ...event, data: data.join('\n') }
          event = {}
          data = []
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined) // it may be broken already
  }
}
