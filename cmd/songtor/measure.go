package main

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"songtor/domain"
	"songtor/internal/database"
	"songtor/internal/logging"
	"songtor/internal/telemetry"
	"songtor/internal/transparency"
	"songtor/internal/vault"
	"songtor/projections"
)

// measuredKeeper counts the calls by which keys are made, fetched and used.
type measuredKeeper struct {
	keeper
	meter *telemetry.Meter
}

func (k measuredKeeper) count(call string, began time.Time, err error) {
	outcome := telemetry.OK
	switch {
	case err == nil:
	case errors.Is(err, vault.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		outcome = telemetry.Unavailable
	case errors.Is(err, vault.ErrDestroyed), errors.Is(err, vault.ErrNoKey), errors.Is(err, vault.ErrNotAuthentic):
		outcome = telemetry.Refused
	default:
		outcome = telemetry.Failed
	}
	k.meter.KeyCall(call, time.Since(began), outcome)
}

// Create implements vault.Keeper.
func (k measuredKeeper) Create(ctx context.Context, caseID string, g vault.Grant) (*vault.CaseKeys, bool, error) {
	began := time.Now()
	keys, existed, err := k.keeper.Create(ctx, caseID, g)
	k.count("create", began, err)
	return keys, existed, err
}

// Extend implements vault.Keeper.
func (k measuredKeeper) Extend(ctx context.Context, caseID string, g vault.Grant, scope domain.Scope) (*vault.CaseKeys, error) {
	began := time.Now()
	keys, err := k.keeper.Extend(ctx, caseID, g, scope)
	k.count("extend", began, err)
	return keys, err
}

// Keys implements vault.Keeper.
func (k measuredKeeper) Keys(ctx context.Context, caseID string, g vault.Grant, scopes ...domain.Scope) (*vault.CaseKeys, error) {
	began := time.Now()
	keys, err := k.keeper.Keys(ctx, caseID, g, scopes...)
	k.count("fetch", began, err)
	return keys, err
}

// KeysFor implements vault.Keeper.
func (k measuredKeeper) KeysFor(ctx context.Context, g vault.Grant, scope domain.Scope, caseIDs []string) (map[string]*vault.CaseKeys, error) {
	began := time.Now()
	keys, err := k.keeper.KeysFor(ctx, g, scope, caseIDs)
	k.count("fetch_many", began, err)
	return keys, err
}

// Destroy implements vault.Keeper.
func (k measuredKeeper) Destroy(ctx context.Context, caseID, reason string) error {
	began := time.Now()
	err := k.keeper.Destroy(ctx, caseID, reason)
	k.count("destroy", began, err)
	return err
}

// Sign implements vault.Keeper.
func (k measuredKeeper) Sign(ctx context.Context, use vault.ServiceUse, message []byte) ([]byte, error) {
	began := time.Now()
	signature, err := k.keeper.Sign(ctx, use, message)
	k.count("sign", began, err)
	return signature, err
}

// measure adds to the figures what serving needs beside those of the parts themselves.
func (o *operator) measure(s *stores, lines *logging.Handler) {
	r := s.meter.Registry()
	r.MustRegister(
		countOf("songtor_access_faults_total", "Questions that an access policy could not answer, and that were denied.", o.policies.Faults),
		countOf("songtor_access_entries_written_total", "Entries of the access record that this process has written.", func() int64 { return o.journal.Stats().Written }),
		countOf("songtor_access_entries_failed_total", "Entries that could not be written, so that nothing was shown.", func() int64 { return o.journal.Stats().Failed }),
		levelOf("songtor_access_denials_held", "Denials that are not written yet and are tried again.", func() int64 { return o.journal.Stats().Held }),
		levelOf("songtor_access_calls_waiting", "Readings and denials that wait for the record.", func() int64 { return o.journal.Stats().Waiting }),
		&standing{o: o, s: s},
		guardFigures{s.guard, o.space},
		pools(s.pools.ByRole()),
	)
	if lines != nil {
		r.MustRegister(countOf("songtor_log_attributes_dropped_total", "Attributes of log lines that were left away because their key is not on the list.", lines.Dropped))
	}
}

func countOf[N int64 | uint64](name, help string, value func() N) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

func levelOf(name, help string, value func() int64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) })
}

// standing asks, whenever somebody reads the figures, how the log, its trees and the read models stand. What does not answer in time is
// left out, and songtor_log_reachable says so.
type standing struct {
	o *operator
	s *stores
}

// askWithin bounds how long a reading of the figures waits for the log, for the read models and for the database.
const askWithin = 800 * time.Millisecond

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	logReachable     = describe("songtor_log_reachable", "1 where the stream of the log answers, otherwise 0.", "tree")
	logHead          = describe("songtor_log_head_position", "Position of the last message of the stream.", "tree")
	logBroken        = describe("songtor_log_differs", "1 once the log was found not to be the one that was signed: nothing is written then.")
	treeSize         = describe("songtor_tree_size", "Messages that the last signed checkpoint covers.", "tree")
	treeAge          = describe("songtor_tree_checkpoint_age_seconds", "Time since the last checkpoint was signed. It grows while nothing happens.", "tree")
	treeWaiting      = describe("songtor_tree_waiting_seconds", "Time since the log took the oldest message that no signed checkpoint covers; 0 where there is none.", "tree")
	modelPosition    = describe("songtor_projection_position", "Position of the log up to which the rows of a read model are.", "projection")
	modelLag         = describe("songtor_projection_lag_messages", "Messages of the log that a read model has still to read; 0 where none of them is a case's.", "projection")
	modelLagSeconds  = describe("songtor_projection_lag_seconds", "Time since the log took the oldest commit that a read model has not applied; 0 where there is none.", "projection")
	modelStopped     = describe("songtor_projection_stopped", "1 where a read model has stopped by an error that does not pass.", "projection")
	modelActive      = describe("songtor_projection_active", "1 where this process applies the log to a read model, 0 where another one does or none.", "projection")
	indexStopped     = describe("songtor_access_index_stopped", "1 where the index of the access record has stopped: nothing is counted any more.")
	alertsUnread     = describe("songtor_access_alerts_unread", "Alerts for the auditor that nobody has acknowledged.")
	backupAge        = describe("songtor_backup_age_seconds", "Time since everything, or the keys, were last saved; infinite where they never were, and for the keys since they were turned over.", "part")
	descriptions     = []*prometheus.Desc{backupAge, logReachable, logHead, logBroken, treeSize, treeAge, treeWaiting, modelPosition, modelLag, modelLagSeconds, modelStopped, modelActive, indexStopped, alertsUnread}
	poolDescription  = describe("songtor_pool_connections", "Connections to the database by role and state.", "role", "state")
	poolLimit        = describe("songtor_pool_connections_most", "Connections that a role may have.", "role")
	poolWaits        = describe("songtor_pool_waits_total", "Calls that waited for a connection because all were in use.", "role")
	poolWaitDuration = describe("songtor_pool_wait_seconds_total", "Time that calls waited for a connection.", "role")
)

// Describe implements prometheus.Collector.
func (c *standing) Describe(to chan<- *prometheus.Desc) {
	for _, d := range descriptions {
		to <- d
	}
}

// Collect implements prometheus.Collector. The log is asked before the database, and each within a time of its own.
func (c *standing) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(logBroken, oneIf(c.o.trees.Intact() != nil))
	gauge(indexStopped, oneIf(c.o.openings.Err() != nil))
	for _, part := range c.s.backupParts() {
		gauge(backupAge, c.s.backupAge(part), part)
	}
	within(func(ctx context.Context) { c.collectLog(ctx, gauge) })
	within(func(ctx context.Context) { c.collectModels(ctx, gauge) })
	within(func(ctx context.Context) { c.collectDatabase(ctx, gauge) })
}

func within(fn func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	fn(ctx)
}

type gauges func(d *prometheus.Desc, v float64, labels ...string)

func (c *standing) collectLog(ctx context.Context, gauge gauges) {
	for tree, head := range map[transparency.Tree]func(context.Context) (uint64, error){transparency.Cases: c.s.log.Head, transparency.Access: c.s.trail.Head} {
		at, err := head(ctx)
		gauge(logReachable, oneIf(err == nil), string(tree))
		if err == nil {
			gauge(logHead, float64(at), string(tree))
		}
		gauge(treeWaiting, c.o.trees.Waiting(tree).Seconds(), string(tree))
	}
}

func (c *standing) collectModels(ctx context.Context, gauge gauges) {
	for _, m := range c.o.runner.Status(ctx) {
		gauge(modelPosition, float64(m.Position), m.Name)
		gauge(modelStopped, oneIf(!m.Running && m.Error != ""), m.Name)
		gauge(modelActive, oneIf(m.Active), m.Name)
		if lag, seconds, err := c.behind(ctx, m); err == nil {
			gauge(modelLag, float64(lag), m.Name)
			gauge(modelLagSeconds, seconds, m.Name)
		}
	}
}

func (c *standing) collectDatabase(ctx context.Context, gauge gauges) {
	if n, err := c.o.openings.Unread(ctx); err == nil {
		gauge(alertsUnread, float64(n))
	}
	for _, tree := range transparency.Trees() {
		if last, err := c.o.trees.LastSigned(ctx, tree); err == nil && last.Size > 0 {
			gauge(treeSize, float64(last.Size), string(tree))
			gauge(treeAge, max(0, time.Since(last.SignedAt)).Seconds(), string(tree))
		}
	}
}

// behind tells by how many messages and seconds a read model is behind the log.
func (c *standing) behind(ctx context.Context, m projections.Status) (messages uint64, seconds float64, err error) {
	if m.Head != 0 && m.Lag == 0 {
		return 0, 0, nil
	}
	next, accepted, err := c.s.log.NextCommit(ctx, m.Position)
	if err != nil || next == 0 {
		return 0, 0, err
	}
	return max(m.Head, next) - m.Position, max(0, time.Since(accepted)).Seconds(), nil
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// pools tells how busy the connections to the database are.
type pools map[database.Role]*pgxpool.Pool

// Describe implements prometheus.Collector.
func (p pools) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{poolDescription, poolLimit, poolWaits, poolWaitDuration} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (p pools) Collect(to chan<- prometheus.Metric) {
	for role, pool := range p {
		s := pool.Stat()
		for state, n := range map[string]int32{"idle": s.IdleConns(), "used": s.AcquiredConns()} {
			to <- prometheus.MustNewConstMetric(poolDescription, prometheus.GaugeValue, float64(n), string(role), state)
		}
		to <- prometheus.MustNewConstMetric(poolLimit, prometheus.GaugeValue, float64(s.MaxConns()), string(role))
		to <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(s.EmptyAcquireCount()), string(role))
		to <- prometheus.MustNewConstMetric(poolWaitDuration, prometheus.CounterValue, s.EmptyAcquireWaitTime().Seconds(), string(role))
	}
}

// appliedBy passes on what a runner applied.
func appliedBy(m *telemetry.Meter) func(projections.Applied) {
	return func(a projections.Applied) {
		m.Applied(telemetry.Batch{
			Group: a.Group, Began: a.Began, Took: a.Took, Accepted: a.Accepted, Commits: a.Commits, First: a.First, Last: a.Last,
		})
	}
}
