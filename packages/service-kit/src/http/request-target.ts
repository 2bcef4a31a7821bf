/**
 * Fills the parameters of a path template.
 *
 * @throws Error when one is missing or empty: the request would reach another route.
 */
export function pathOf(template: string, params: Readonly<Record<string, unknown>> = {}): string {
  return template.replace(/:([A-Za-z]\w*)/g, (_all, name: string) => {
    const value = params[name]
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new Error(`${template} needs the parameter ${name}`)
    }
    const text = encodeURIComponent(String(value))
    // Dots are not encoded, and dot segments do not survive a URL parser.
    if (text === '' || text === '.' || text === '..') throw new Error(`${name} cannot be ${text}`)
    return text
  })
}

/** Makes the query string with its `?`; absent values are left out. */
export function searchOf(query: Readonly<Record<string, unknown>> = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (typeof value === 'string') search.set(name, value)
    else if (typeof value === 'number' || typeof value === 'boolean')
      search.set(name, String(value))
  }
  const text = search.toString()
  return text === '' ? '' : `?${text}`
}
