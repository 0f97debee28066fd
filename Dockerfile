# One image for Prefect's server, MLflow's server and workers; compose.yaml says which is which.
FROM python:3.11-slim
RUN apt-get update && apt-get install --yes --no-install-recommends gcc git make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home seqflow \
    && install --directory --owner seqflow /home/seqflow/home /home/seqflow/artifacts
WORKDIR /home/seqflow/seqflow
COPY --chown=seqflow . .
RUN pip install --no-cache-dir --constraint requirements.lock --editable .
USER seqflow
