package testenv

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// containersWanted tells whether containers are asked for and an engine answers.
func containersWanted() bool {
	if os.Getenv("SONGTOR_TEST_CONTAINERS") != "1" {
		return false
	}
	provider, err := testcontainers.NewDockerProvider()
	if err != nil {
		return false
	}
	defer provider.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return provider.Health(ctx) == nil
}

// startContainer starts PostgreSQL in a container, which the reaper of
// testcontainers removes when this process has ended.
func startContainer(ctx context.Context) (sharedServer, error) {
	container, err := testcontainers.Run(ctx, "postgres:17-alpine",
		testcontainers.WithExposedPorts("5432/tcp"),
		testcontainers.WithEnv(map[string]string{"POSTGRES_USER": "songtor", "POSTGRES_HOST_AUTH_METHOD": "trust"}),
		testcontainers.WithCmd("postgres", "-c", "fsync=off", "-c", "synchronous_commit=off",
			"-c", "full_page_writes=off", "-c", "max_connections=600"),
		// The image starts the server twice: once to initialise, then for good.
		testcontainers.WithWaitStrategy(
			wait.ForLog("database system is ready to accept connections").WithOccurrence(2),
			wait.ForListeningPort("5432/tcp")))
	if err != nil {
		return sharedServer{}, fmt.Errorf("couldn't start the container: %w", err)
	}
	address, err := container.PortEndpoint(ctx, "5432/tcp", "")
	if err != nil {
		return sharedServer{}, fmt.Errorf("couldn't find the container's port: %w", err)
	}
	return sharedServer{admin: "postgres://songtor@" + address + "/postgres?sslmode=disable"}, nil
}
