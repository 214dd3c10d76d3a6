package vault_test

import (
	"testing"

	"songtor/domain"
	"songtor/internal/testenv"
	"songtor/internal/vault"
)

func TestAGrantOpensWhatItsUseNeeds(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	id := newCaseID()
	create(t, v, id)
	extend(t, v, id)
	for name, c := range map[string]struct {
		grant vault.Grant
		scope domain.Scope
		want  error
	}{
		"a reader opens a place of shelter":  {shown(), domain.ScopeLocation, nil},
		"a command opens answers":            {deciding, domain.ScopeSensitive, nil},
		"a command opens a place of shelter": {deciding, domain.ScopeLocation, vault.ErrGrant},
		"a command opens medical matters":    {deciding, domain.ScopeMedical, vault.ErrGrant},
		"counting opens categories":          {vault.Grant{Use: vault.ToCount}, domain.ScopeStatistics, nil},
		"counting opens names":               {vault.Grant{Use: vault.ToCount}, domain.ScopeIdentity, vault.ErrGrant},
		"matching opens names":               {vault.Grant{Use: vault.ToMatch}, domain.ScopeIdentity, nil},
		"matching opens legal matters":       {vault.Grant{Use: vault.ToMatch}, domain.ScopeLegal, vault.ErrGrant},
		"a use that is on no list":           {vault.Grant{Use: "curiosity"}, domain.ScopeIdentity, vault.ErrGrant},
		"a reader without a record":          {vault.Grant{Use: vault.ToShow, Position: 1}, domain.ScopeIdentity, vault.ErrGrant},
		"a reader whose record is not kept":  {vault.Grant{Use: vault.ToShow, Record: newCaseID()}, domain.ScopeIdentity, vault.ErrGrant},
		"no use at all":                      {vault.Grant{}, domain.ScopeIdentity, vault.ErrGrant},
		"a scope that there is not":          {shown(), "diary", vault.ErrScope},
	} {
		keys, err := v.Keys(t.Context(), id, c.grant, c.scope)
		wantErr(t, name, err, c.want)
		if c.want == nil && !keys.Covers(c.scope) {
			t.Errorf("%s: the key is not among those given", name)
		}
		many, err := v.KeysFor(t.Context(), c.grant, c.scope, []string{id})
		wantErr(t, name+", with others", err, c.want)
		if c.want == nil && !many[id].Covers(c.scope) {
			t.Errorf("%s, with others: the key is not among those given", name)
		}
	}
}

func TestKeysNotAskedForAreNotGiven(t *testing.T) {
	t.Parallel()
	v, _, _ := newVault(t)
	id := newCaseID()
	create(t, v, id)
	keys, err := v.Keys(t.Context(), id, shown(), domain.ScopeSensitive)
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range domain.Scopes() {
		if keys.Covers(scope) != (scope == domain.ScopeSensitive) {
			t.Errorf("scope %s: covered is %v", scope, keys.Covers(scope))
		}
	}
}

func TestTheDemonstrationOpensItsOwnKeysOnly(t *testing.T) {
	t.Parallel()
	real, _, _ := newVault(t)
	pool := newPool(t, testenv.Postgres(t))
	demo := openVault(t, pool, newKEK(t, vault.KEKDev))
	for v, want := range map[*vault.Vault]error{real: vault.ErrDemo, demo: nil} {
		id := newCaseID()
		create(t, v, id)
		reader, command := shown(), deciding
		reader.Demo, command.Demo = true, true
		_, err := v.Keys(t.Context(), id, reader, domain.ScopeIdentity)
		wantErr(t, "Keys under a key of type "+string(v.Type()), err, want)
		_, err = v.KeysFor(t.Context(), reader, domain.ScopeIdentity, []string{id})
		wantErr(t, "KeysFor under a key of type "+string(v.Type()), err, want)
		_, _, err = v.Create(t.Context(), newCaseID(), command)
		wantErr(t, "Create under a key of type "+string(v.Type()), err, want)
		_, err = v.Extend(t.Context(), id, command, domain.ScopeLocation)
		wantErr(t, "Extend under a key of type "+string(v.Type()), err, want)
	}
}
