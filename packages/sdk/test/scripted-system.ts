import { type IncomingMessage, type ServerResponse, createServer, request } from 'node:http'
import { type ScriptedServer, startScriptedServer } from './scripted-server.js'
import { type ScriptedSockets, startScriptedSockets } from './scripted-sockets.js'

/** REST and sockets under one address, that of the sockets, as nginx gives it. */
export async function startScriptedSystem(): Promise<{
  rest: ScriptedServer
  sockets: ScriptedSockets
}> {
  const rest = await startScriptedServer()
  const { port } = new URL(rest.url)
  const http = createServer()
  const sockets = await startScriptedSockets(http)
  http.on('request', (req, res) => {
    if (!req.url?.startsWith('/socket.io/')) forward(port, req, res)
  })
  return { rest, sockets }
}

function forward(port: string, req: IncomingMessage, res: ServerResponse): void {
  const { method, headers, url: path } = req
  const onward = request({ port, path, method, headers }, (answer) => {
    res.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(res)
  })
  onward.on('error', () => {
    res.destroy()
  })
  req.pipe(onward)
}
