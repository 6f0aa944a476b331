# Gatehouse as one binary with the portal's client in it: `docker build -t gatehouse .`

FROM rust:1-bookworm AS build
# The portal's client is built for browsers; the server by the profile of a run under load, which these make and measure.
RUN rustup target add wasm32-unknown-unknown \
    && rustup component add llvm-tools \
    && apt-get update \
    && apt-get install --yes --no-install-recommends nginx-light wrk \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# `--build-arg BUILD=plain` spares half of the time, and the profile.
ARG BUILD=pgo
# Downloads and the build folder outlive a build; only the binary leaves this step.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo xtask client \
    && if [ "$BUILD" = plain ]; then \
        cargo build --release --locked --package gatehouse \
        && install -m 0755 target/release/gatehouse /usr/local/bin/gatehouse; \
    else \
        cargo xtask pgo \
        && install -m 0755 target/pgo/use/release/gatehouse /usr/local/bin/gatehouse; \
    fi

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin gatehouse \
    && install -d -o gatehouse -g gatehouse -m 0700 /data
COPY --from=build /usr/local/bin/gatehouse /usr/local/bin/gatehouse

# Reachable from outside the container; everything that is written goes to /data, so the rest may be read-only.
ENV GATEHOUSE_DATA_DIR=/data \
    GATEHOUSE_GATEWAY_LISTEN=0.0.0.0:8000 \
    GATEHOUSE_GATEWAY_TLS_LISTEN=0.0.0.0:8443 \
    GATEHOUSE_ADMIN_LISTEN=0.0.0.0:8001 \
    GATEHOUSE_PORTAL_LISTEN=0.0.0.0:8002 \
    GATEHOUSE_GATEWAY_STATUS_LISTEN=0.0.0.0:8100
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000 8443 8001 8002 8100
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["gatehouse", "health", "--url", "http://127.0.0.1:8100/ready"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["gatehouse"]
CMD ["up"]
