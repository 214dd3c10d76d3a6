# What the drills of runbook.md are made of. Source it in bash, at the root of the repository:
#
#   . deployments/drill.sh
#   begin          a demonstration with a NATS server of its own, and a Prometheus with the shipped rules, where that is installed
#   ...            the commands of a drill
#   end            everything stops, and its folder is removed
#
# Everything listens on loopback, and nobody in it is real. bin/songtor has to be built (make build).

DRILL=${DRILL:-${TMPDIR:-/tmp}/songtor-drill-$(id -u)}
SERVICE=http://127.0.0.1:18080
PROMETHEUS=http://127.0.0.1:19090
FORM=schemas/testdata/valid/minimal-adult.json

say() { printf '%s %s\n' "$(date +%T)" "$*"; }
fail() { say "FAILED: $*" >&2; return 1; }

# until SECONDS COMMAND...: wait until the command succeeds.
until_ok() {
  local end=$((SECONDS + $1)); shift
  while ! "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# alone: nobody else drills, and the folder is nobody else's: programs in it are run.
alone() {
  local port
  if [ -L "$DRILL" ] || { [ -e "$DRILL" ] && [ ! -O "$DRILL" ]; }; then fail "$DRILL is not a folder of this user: set DRILL to another one" || return 1; fi
  for port in 14222 18080 18081 19090; do
    ! (</dev/tcp/127.0.0.1/$port) 2>/dev/null || fail "something listens on port $port already: end it, or wait until another drill is over" || return 1
  done
}

begin() {
  alone || return 1
  mkdir -p "$DRILL/nats" && chmod 711 "$DRILL" || return 1
  [ -x "$DRILL/nats-server" ] || go build -o "$DRILL/nats-server" github.com/nats-io/nats-server/v2 || return 1
  cat > "$DRILL/nats.conf" <<CONF
listen: 127.0.0.1:14222
jetstream { store_dir: "$DRILL/nats", sync_interval: always }
accounts { A: { jetstream: enabled, users: [{ user: demo, password: demo }] }, SYS: { users: [{ user: sys, password: sys }] } }
system_account: SYS
CONF
  start_log && bin/songtor stream create --nats nats://demo:demo@127.0.0.1:14222 --replicas 1 || return 1
  start_service || return 1
  mkdir -p "$DRILL/pretended" && pretend_nothing || return 1
  start_prometheus || return 1
  # Every series that an alarm counts has to be there before it rises.
  submit; open_case; scraped || return 1
  say "begun in $DRILL"
}

start_log() {
  "$DRILL/nats-server" --config "$DRILL/nats.conf" >> "$DRILL/nats.log" 2>&1 & echo $! > "$DRILL/nats.pid"
  until_ok 20 bash -c '</dev/tcp/127.0.0.1/14222' || fail "the NATS server does not start"
}

start_service() {
  bin/songtor serve --demo --no-rate-limits --data "$DRILL/data" --listen 127.0.0.1:18080 --replicas 1 "$@" \
    --nats nats://demo:demo@127.0.0.1:14222 --nats-system nats://sys:sys@127.0.0.1:14222 >> "$DRILL/service.log" 2>&1 & echo $! > "$DRILL/service.pid"
  until_ok 120 answers || fail "the service does not start: $(tail -n 3 "$DRILL/service.log")"
}

answers() { curl -sf -m 3 "$SERVICE/healthz"; }
is_ready() { curl -sf -m 3 "$SERVICE/readyz"; }

start_prometheus() {
  command -v prometheus >/dev/null || { say "Prometheus is not installed: no alarm is proved, only figures are shown"; return 0; }
  cat > "$DRILL/prometheus.yml" <<CONF
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: ["$PWD/deployments/alerts/*.yaml"]
scrape_configs:
  - { job_name: songtor, scrape_interval: 3s, scrape_timeout: 3s, static_configs: [{ targets: ["127.0.0.1:18080"] }] }
  - { job_name: pretended, static_configs: [{ targets: ["127.0.0.1:18081"] }] }
CONF
  prometheus --config.file="$DRILL/prometheus.yml" --storage.tsdb.path="$DRILL/prometheus" --web.listen-address=127.0.0.1:19090 >> "$DRILL/prometheus.log" 2>&1 &
  echo $! > "$DRILL/prometheus.pid"
  until_ok 20 curl -sf "$PROMETHEUS/-/ready" || fail "Prometheus does not start: $(tail -n 3 "$DRILL/prometheus.log")"
}

# stop NAME: one of log, service, prometheus, pretended.
stop() {
  local pid; pid=$(cat "$DRILL/$(file_of "$1").pid" 2>/dev/null) || return 0
  kill -CONT "$pid" 2>/dev/null; kill "${2:--TERM}" "$pid" 2>/dev/null
  until_ok 40 bash -c "! kill -0 $pid" || kill -KILL "$pid"
  rm -f "$DRILL/$(file_of "$1").pid"
}

file_of() { case $1 in log) echo nats ;; *) echo "$1" ;; esac; }

end() {
  free_log 2>/dev/null; free_database 2>/dev/null
  stop pretended; stop prometheus; stop service; stop log
  rm -rf "$DRILL"
}

# hold_log and free_log: the NATS server stands still, and goes on.
hold_log() { kill -STOP "$(cat "$DRILL/nats.pid")"; }
free_log() { kill -CONT "$(cat "$DRILL/nats.pid")"; }

# database_pids [ROLE]: the processes of the private PostgreSQL, or those that serve a role.
database_pids() {
  local main; main=$(head -n 1 "$DRILL"/data/postgres/*/postmaster.pid "$DRILL"/data/postgres/postmaster.pid 2>/dev/null | grep -m 1 -E '^[0-9]+$')
  if [ -n "${1:-}" ]; then ps -o pid=,args= --ppid "$main" | awk -v role="songtor_$1" '$0 ~ role { print $1 }'; else echo "$main"; ps -o pid= --ppid "$main"; fi
}

hold_database() { kill -STOP $(database_pids "${1:-}"); }
free_database() { kill -CONT $(database_pids) 2>/dev/null; true; }

# stutter log|database SECONDS: it stands still for a while.
stutter() { "hold_$1"; sleep "$2"; "free_$1"; }

sql() { psql -qAtX -v ON_ERROR_STOP=1 -h "$(sql_socket)" -U "${SQL_USER:-songtor}" -d "${SQL_DATABASE:-songtor}" -c "$1"; }
sql_socket() { dirname "$(find "$DRILL/data/postgres" /tmp/songtor* -name '.s.PGSQL.*[0-9]' 2>/dev/null | head -n 1)"; }

# token ACCOUNT: signs in, once.
token() {
  [ -s "$DRILL/token-$1" ] || curl -sf -m 10 -H 'Content-Type: application/json' -d "{\"username\":\"$1\",\"password\":\"demo-only\"}" "$SERVICE/api/v1/session" \
    | sed -n 's/.*"token":"\([^"]*\)".*/\1/p' > "$DRILL/token-$1"
  cat "$DRILL/token-$1"
}

# call ACCOUNT METHOD PATH [BODY]: prints the answer, and its status on a line of its own. A command is a new one each time.
call() {
  curl -s -m 30 -X "$2" -H "Authorization: Bearer $(token "$1")" -H 'Content-Type: application/json' -H "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" -w '\n%{http_code}\n' ${4:+--data-binary "$4"} "$SERVICE/api/v1$3"
}

# submit [N]: sends N forms side by side and prints the statuses.
submit() {
  local n; local pids=(); token responder > /dev/null
  for n in $(seq "${1:-1}"); do
    call responder PUT "/screenings/$(cat /proc/sys/kernel/random/uuid)" "@$FORM" | tee "$DRILL/last" | tail -n 1 & pids+=($!)
  done
  wait "${pids[@]}"
}

# open_case: somebody reads the first case of their queue.
open_case() {
  [ -s "$DRILL/case" ] || call responder GET '/stages/screening/cases?limit=1' | sed -n 's/.*"case_id":"\([^"]*\)".*/\1/p' | head -n 1 > "$DRILL/case"
  call responder GET "/cases/$(cat "$DRILL/case")" | tail -n 1
}

# meanwhile COMMAND...: repeats a command until raised has seen its alarm.
meanwhile() {
  ( while :; do "$@" >/dev/null 2>&1; sleep 0.3; done ) & MEANWHILE=$!
}

rest() {
  [ -z "${MEANWHILE:-}" ] || { kill "$MEANWHILE"; wait "$MEANWHILE"; } 2>/dev/null || true
  MEANWHILE=
}

alarm_stands() { curl -sf "$PROMETHEUS/api/v1/alerts" | grep -q "\"alertname\":\"$1\""; }
alarm_gone() { ! alarm_stands "$1"; }

# raised ALARM [SECONDS]: waits until Prometheus has the alarm, pending or firing, and ends what goes on meanwhile.
raised() {
  if ! command -v prometheus >/dev/null; then sleep 10; rest; say "$1 is not proved: Prometheus is not installed"; return 0; fi
  if until_ok "${2:-90}" alarm_stands "$1"; then rest; say "raised $1"; else rest; fail "$1 was not raised"; fi
}

# gone ALARM [SECONDS]: waits until it has it no longer.
gone() {
  command -v prometheus >/dev/null || return 0
  if until_ok "${2:-60}" alarm_gone "$1"; then say "gone $1"; else fail "$1 still stands"; fi
}

# scraped: waits until Prometheus has read every figure as it is now.
scraped() {
  command -v prometheus >/dev/null || return 0
  until_ok 30 scraped_since "$(date +%s.%N)" || fail "Prometheus does not read the figures"
}
scraped_since() { curl -sf -G "$PROMETHEUS/api/v1/query" --data-urlencode "query=min(timestamp(up)) > $1" | grep -q '"value"'; }

# figure NAME: prints a figure with all its labels.
figure() { curl -sf -m 5 "$SERVICE/metrics" | grep "^$1[ {]"; }

# pretend LINE...: somebody else's figures, for what a sound service cannot be brought to do.
pretend() {
  printf '%s\n' "$@" > "$DRILL/pretended/metrics"
  [ -s "$DRILL/pretended.pid" ] || { python3 -m http.server --bind 127.0.0.1 --directory "$DRILL/pretended" 18081 >/dev/null 2>&1 & echo $! > "$DRILL/pretended.pid"; }
}
pretend_nothing() { pretend '# nothing'; }

# pretend_rise SERIES: a counter that stood at 0 rises to 1.
pretend_rise() { pretend "$1 0"; scraped || return 1; pretend "$1 1"; }

# drill ALARM: runs the drill of one section of the runbook, from its first command that fails on no further.
drill() {
  local commands; commands=$(awk -v section="## $1" '$0 == section { inside = 1; next } /^## / { inside = 0 } inside && /^```/ { code = !code; next } inside && code' deployments/runbook.md)
  [ -n "$commands" ] || { fail "the runbook has no drill for $1"; return 1; }
  forget_alarms
  if DRILL=$DRILL bash -e -c ". deployments/drill.sh
$commands"; then say "drilled $1"; else free_log; free_database; pretend_nothing; fail "the drill of $1"; fi
}

# forget_alarms: Prometheus begins anew, so that no alarm stands from the drill before. What counts can be seen to rise from the second look on.
forget_alarms() {
  stop prometheus; rm -rf "$DRILL/prometheus"
  start_prometheus || return 1
  ! command -v prometheus >/dev/null || until_ok 60 looked_twice || fail "Prometheus does not reach the service"
}

looked_twice() {
  curl -sf -m 3 "$PROMETHEUS/api/v1/query" --data-urlencode 'query=sum_over_time(up{job="songtor"}[2m]) >= 2' | grep -q '"value"'
}

# alarms: the sections of the runbook.
alarms() { sed -n 's/^## //p' deployments/runbook.md; }

# bash deployments/drill.sh [ALARM...]: drills all, or those named, and says which failed.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  alone || exit 1 # what another drill has started is not this one's to end
  trap end EXIT
  begin || exit 1
  failed=()
  for alarm in "${@:-$(alarms)}"; do
    for one in $alarm; do drill "$one" || failed+=("$one"); done
  done
  say "failed: ${failed[*]:-none}"
  [ "${#failed[@]}" -eq 0 ]
fi
