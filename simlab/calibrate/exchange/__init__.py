"""Exchange with BPMN modellers and Prosimos: process models in, process models out."""
