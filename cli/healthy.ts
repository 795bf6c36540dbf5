// The health check of the container image: exit code 0 while the gateway beside it is ready.

const port = process.env.OPENCLAW_ADMIN_PORT || '9091'

try {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_500) })
  const text = await answer.text()
  if (!answer.ok) console.log(text)
  process.exitCode = answer.ok ? 0 : 1
} catch {
  console.log(`nothing answers on port ${port}`)
  process.exitCode = 1
}
