package embedded

const hasSignalOnDeath = true
