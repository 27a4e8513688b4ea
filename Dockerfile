# backtest in an image: `docker build -t backtest .`, then `docker run --rm backtest run --crypto BTC --strategy rsi` on the
# sample candles, or on one's own with `-v PATH/TO/CANDLES:/work/data:ro -e BACKTEST_DATA_DIR=/work/data`.
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
COPY Cargo.toml Cargo.lock build.rs backtest.example.toml ./
COPY benches/kernel.rs benches/
COPY strategies strategies
COPY src src
RUN cargo build --release --locked --bin backtest

FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home backtest
COPY --from=build /src/target/release/backtest /usr/local/bin/
COPY data /usr/share/backtest/data
ENV BACKTEST_DATA_DIR=/usr/share/backtest/data
USER 10001
WORKDIR /work
ENTRYPOINT ["backtest"]
CMD ["--help"]
