# syntax=docker/dockerfile:1
FROM debian:trixie-slim AS build
RUN apt-get update -q && apt-get install -y -q --no-install-recommends ca-certificates nodejs npm && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM debian:trixie-slim
LABEL org.opencontainers.image.title="marathon-lb" \
      org.opencontainers.image.description="Load balancing for Mesos Marathon with HAProxy" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY packaging/container/install.sh /tmp/install.sh
RUN sh /tmp/install.sh && rm /tmp/install.sh
COPY package.json LICENSE /opt/marathon-lb/
COPY packaging /opt/marathon-lb/packaging
COPY lua /opt/marathon-lb/lua
COPY --from=build /build/node_modules /opt/marathon-lb/node_modules
COPY --from=build /build/dist /opt/marathon-lb/dist
RUN sh /opt/marathon-lb/packaging/container/link.sh
ENV NODE_ENV=production
WORKDIR /marathon-lb
EXPOSE 80 443 9090 9091
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "/opt/marathon-lb/dist/health.js"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "-g", "--", "/marathon-lb/run"]
CMD ["sse", "--health-check", "--group", "external"]
