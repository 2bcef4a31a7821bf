import type { Endpoint } from '@sup/types'
import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withClient } from '../context.js'
import { CliError, EXIT } from '../exit-codes.js'
import { oneLine, safe, table } from '../format.js'
import { mailFolder } from '../local-stack.js'
import type { SinkMail } from '../mails.js'

/** For people who develop against the API. */
export function addDevCommands(program: Command, act: Act): void {
  const dev = program.command('dev').description('for developers: the API by hand')
  withExamples(dev.command('endpoints').description('list the endpoints of the contract'), [
    'sup dev endpoints',
    '',
  ]).action(act(listEndpoints))
  withExamples(
    dev.command('call <endpoint> [input]').description('call an endpoint by its name'),
    [`sup dev call listChats '{"query":{"limit":5}}'`, ''],
    [`sup dev call getUser '{"params":{"id":"me"}}'`, ''],
  ).action(act(callEndpoint))
  withExamples(
    dev
      .command('mail [number]')
      .description('mails that the local stack would send: the newest first, or one of them'),
    ['sup dev mail', 'list them'],
    ['sup dev mail 1', 'show the newest'],
  ).action(act(showMail))
}

async function publicEndpoints(): Promise<Map<string, Endpoint>> {
  const contract: [string, unknown][] = Object.entries(await import('@sup/types'))
  return new Map(
    contract.filter(
      (one): one is [string, Endpoint] => isEndpoint(one[1]) && one[1].auth !== 'service',
    ),
  )
}

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' &&
  value !== null &&
  'method' in value &&
  'path' in value &&
  'response' in value

async function listEndpoints(context: Context): Promise<void> {
  const endpoints = [...(await publicEndpoints())].map(([name, { method, path, summary }]) => ({
    name,
    method: method.toUpperCase(),
    path,
    summary,
  }))
  const rows = endpoints.map(({ name, method, path, summary }) => [name, method, path, summary])
  context.print.result({ endpoints }, table(rows))
}

async function callEndpoint(context: Context, name: string, input = '{}'): Promise<void> {
  const endpoint = (await publicEndpoints()).get(name)
  if (!endpoint) {
    throw new CliError(EXIT.usage, `There is no endpoint ${name}`, 'See `sup dev endpoints`.')
  }
  const parsed = parseInput(input)
  await withClient(context, async (client) => {
    // What the person typed goes out as it is; the server says what is wrong with it.
    const { data, meta, status } = await client.call(endpoint, parsed as never)
    const answer = { status, data, meta }
    context.print.result(answer, JSON.stringify(answer, null, 2))
  })
}

function parseInput(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CliError(
      EXIT.usage,
      'The input is not JSON',
      `Try: '{"params":{},"query":{},"body":{}}'`,
    )
  }
}

// Kept by `npm start` of this checkout, so they are read from its state and not over the network.
async function showMail(context: Context, number?: string): Promise<void> {
  const { readMails } = await import('../mails.js')
  const mails = readMails(mailFolder(context.terminal))
  if (number === undefined) listMails(context, mails)
  else printMail(context, findMail(mails, number))
}

function listMails({ print }: Context, mails: readonly SinkMail[]): void {
  const rows = mails.map(({ at, to, subject }, index) => [
    String(index + 1),
    at,
    oneLine(to.join(', ')),
    oneLine(subject),
  ])
  const newest = mails.map(({ at, from, to, subject }) => ({ at, from, to, subject }))
  print.result({ mails: newest }, rows.length > 0 ? table(rows) : 'No mail yet.')
}

function findMail(mails: readonly SinkMail[], number: string): SinkMail {
  const mail = /^[1-9]\d{0,5}$/.test(number) ? mails[Number(number) - 1] : undefined
  if (mail) return mail
  throw new CliError(EXIT.notFound, `There is no mail ${number}`, 'See `sup dev mail`.')
}

function printMail({ print }: Context, mail: SinkMail): void {
  const { from, to, subject, text } = mail
  print.result({ mail }, [
    `From:    ${oneLine(from)}`,
    `To:      ${oneLine(to.join(', '))}`,
    `Subject: ${oneLine(subject)}`,
    '',
    safe(text).trimEnd(),
  ])
}
