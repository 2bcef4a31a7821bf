import { type Endpoint, type Input, type Problem, validationError } from '@sup/types'
import { z } from 'zod'
import { AppError } from './app-error.js'

const MAX_PROBLEMS = 20
const empty = z.object({})

/**
 * Parses the three parts of a request; unknown members are dropped.
 *
 * @param given `search` is the query string without `?`; `body` the parsed JSON, of a form nothing yet.
 * @throws AppError `VALIDATION_ERROR` with one entry per place that is wrong, at most 20.
 */
export function parseInput<E extends Endpoint>(
  spec: E,
  given: { params: unknown; search: string; body: unknown },
): Input<E> {
  const query = parseQuery(given.search)
  const params = spec.params.safeParse(given.params)
  const search = (spec.query ?? empty).safeParse(query.values)
  const hasBody = spec.method !== 'get' && !spec.multipart
  const body = hasBody ? spec.body.safeParse(given.body) : empty.safeParse({})
  const problems = [
    ...query.problems,
    ...[params, search, body].flatMap((part) => (part.success ? [] : problemsOf(part.error))),
  ]
  if (problems.length > 0) throw new AppError(validationError, problems.slice(0, MAX_PROBLEMS))
  // A parsing border: each part has just been parsed by the schema that `Input` takes its type from.
  return { params: params.data, query: search.data, body: body.data } as Input<E>
}

/** Names every wrong place of a zod error as the wire contract wants it. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.slice(0, MAX_PROBLEMS).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }))
}

/** A parameter given twice counts once when both are equal, and is refused when they differ. */
function parseQuery(search: string): { values: Record<string, string>; problems: Problem[] } {
  const values = new Map<string, string>()
  const twice = new Set<string>()
  if (search !== '') {
    for (const [name, value] of new URLSearchParams(search)) {
      if (values.has(name) && values.get(name) !== value) twice.add(name)
      values.set(name, value)
    }
  }
  const problems = [...twice].map((path) => ({ path, message: 'is given twice, differently' }))
  return { values: Object.fromEntries(values), problems }
}
