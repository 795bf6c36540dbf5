// Ends a server when the process that started it is gone, however that died: a tiny shell that waits on a pipe of ours.
import { spawn } from 'node:child_process'

// The pipe ends with us, even on SIGKILL. Then: ask the server to stop, and after five seconds make it. Its own session
// and the trap keep it alive through a Ctrl-C, so that it still guards while we stop in order. A dead server that nobody has collected yet (Z) counts as gone.
const script = `
trap '' INT TERM HUP
alive() {
  kill -0 "$1" 2>/dev/null || return 1
  case "$(ps -o stat= -p "$1" 2>/dev/null)" in Z*) return 1 ;; esac
}
read -r line
kill -TERM "$1" 2>/dev/null
kill -CONT "$1" 2>/dev/null
left=50
while alive "$1" && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
kill -KILL "$1" 2>/dev/null
`

/** Watches over the process `pid` from now on. The answer calls it off, once that process has ended by itself. */
export function guard(pid: number): () => void {
  const watchdog = spawn('/bin/sh', ['-c', script, 'openclaw-watchdog', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  watchdog.on('error', () => {})
  watchdog.stdin.on('error', () => {})
  watchdog.unref()
  if ('unref' in watchdog.stdin && typeof watchdog.stdin.unref === 'function') watchdog.stdin.unref()
  return () => {
    watchdog.kill('SIGKILL')
    watchdog.stdin.destroy()
  }
}
