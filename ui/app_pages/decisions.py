"""decisions"""

import streamlit as st

st.title("decisions")
