import { freePort } from '@sup/testkit'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'

/** What was called, in order. */
export type Call = { path: string; body: Record<string, unknown>; at: number }

/** The far end of the internal API, for tests that look at what goes over the wire. */
export type Recorder = { url: string; calls: Call[]; close: () => Promise<void> }

/**
 * Listens in the place of a service and answers every call in the envelope.
 *
 * @param answer What stands at `data`.
 */
export async function recordCalls(answer: (call: Call) => object): Promise<Recorder> {
  const calls: Call[] = []
  const server = createServer((req, res) => {
    void json(req).then((body) => {
      const call = { path: req.url ?? '', body: body as Record<string, unknown>, at: Date.now() }
      calls.push(call)
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ success: true, data: answer(call) }))
    })
  })
  const port = await freePort()
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
