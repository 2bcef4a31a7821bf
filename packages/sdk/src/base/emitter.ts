import type { Log } from './log.js'

export type Listener<T> = (payload: T) => void

/** Typed events; a listener that throws is reported and harms no other. */
export type Emitter<Events> = {
  /** @returns a function that ends the subscription. */
  on: <K extends keyof Events>(name: K, listener: Listener<Events[K]>) => () => void
  emit: <K extends keyof Events>(name: K, payload: Events[K]) => void
}

export function createEmitter<Events>(log: Log): Emitter<Events> {
  const listeners: { [K in keyof Events]?: Set<Listener<Events[K]>> } = {}
  return {
    on(name, listener) {
      const set = (listeners[name] ??= new Set())
      set.add(listener)
      return () => {
        set.delete(listener)
      }
    },
    emit(name, payload) {
      for (const listener of [...(listeners[name] ?? [])]) {
        try {
          listener(payload)
        } catch (err) {
          log.warn('a listener failed', { event: String(name), err })
        }
      }
    },
  }
}
